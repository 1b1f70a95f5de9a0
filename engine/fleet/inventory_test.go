package fleet

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
)

// shown is a host in a line: name, address, groups, variables.
func shown(h *Host) string {
	vars, err := json.Marshal(h.Vars)
	if err != nil {
		return err.Error()
	}
	return fmt.Sprintf("%s %s %v %s", h.Name, h.Address, h.Groups, vars)
}

// TestInventories reads each form of an inventory.
func TestInventories(t *testing.T) {
	for _, c := range []struct {
		file, text string
		want       []string
	}{
		{"h.csv", "name,address,groups,site,connect.timeout\nr1,telnet://192.0.2.1,\"core, ams\",ams,5\nr2,,,,\n", []string{
			`r1 telnet://192.0.2.1 [ams core] {"connect":{"timeout":5},"site":"ams"}`, `r2 r2 [] null`,
		}},
		{"", "\ufeff# a comment\nname, address\nr1, tcp://h:1\n", []string{`r1 tcp://h:1 [] null`}},
		{"h.jsonl", `{"name":"r1","address":"telnet://a","n":1.5,"list":[1,"x",{"a":true}],"groups":["b","a","b"]}` + "\n\n" + `{"name":"r2","connect":{"encoding":"latin1"}}`, []string{
			`r1 telnet://a [a b] {"list":[1,"x",{"a":true}],"n":1.5}`, `r2 r2 [] {"connect":{"encoding":"latin1"}}`,
		}},
		{"!program", `{"name": "r1"}` + "\n" + `{"name": "r2"}`, []string{`r1 r1 [] null`, `r2 r2 [] null`}},
		{"h.json", `[{"name": "r1", "site": "ams"}, {"name": 2}]`, []string{`r1 r1 [] {"site":"ams"}`, `2 2 [] null`}},
		{"h.yaml", "- name: r1\n  address: telnet://a\n  groups: core ams\n- {name: r2, up: yes, n: 0x10, nothing: }\n", []string{
			`r1 telnet://a [ams core] null`, `r2 r2 [] {"n":16,"up":"yes"}`,
		}},
		{"h.yml", `
vars: {site: ams, vlan: 1}
groups:
  core: &c {vlan: 2, deep: {a: [1]}}
  edge: {<<: *c, vlan: 3}
hosts:
  r1: {address: telnet://a, groups: core, vlan: 9}
  r2: {groups: [edge]}
  r3:
`, []string{
			`r1 telnet://a [core] {"deep":{"a":[1]},"site":"ams","vlan":9}`,
			`r2 r2 [edge] {"deep":{"a":[1]},"site":"ams","vlan":3}`,
			`r3 r3 [] {"site":"ams","vlan":1}`,
		}},
		{"ansible.yaml", `
all:
  vars: {ansible_connection: telnet, a: 1, b: 1, c: 1}
  hosts:
    lone: {address: "tcp://h:1"}
  children:
    site:
      vars: {b: 2, c: 2}
      children:
        core:
          vars: {c: 3}
          hosts:
            r[1:2]: {ansible_port: 2323}
            v6: {ansible_host: "2001:db8::1", ansible_password: hunter2}
`, []string{
			`lone tcp://h:1 [] {"a":1,"ansible_connection":"telnet","b":1,"c":1}`,
			`r1 telnet://r1:2323 [core site] {"a":1,"ansible_connection":"telnet","ansible_port":2323,"b":2,"c":3}`,
			`r2 telnet://r2:2323 [core site] {"a":1,"ansible_connection":"telnet","ansible_port":2323,"b":2,"c":3}`,
			`v6 telnet://[2001:db8::1] [core site] {"a":1,"ansible_connection":"telnet","ansible_host":"2001:db8::1","b":2,"c":3}`,
		}},
		{"!inventory", `{"_meta": {"hostvars": {"r1": {"address": "tcp://h:1", "x": 1}}}, "all": {"children": ["core", "bare"], "vars": {"y": 2}}, "core": {"hosts": ["r1"]}, "bare": ["r2"]}`, []string{
			`r1 tcp://h:1 [core] {"x":1,"y":2}`, `r2 ssh://r2 [bare] {"y":2}`,
		}},
		{"hosts", `
lone ansible_user=admin  # the last
[core]
r[08:10] site=ams up=True n=007 text="a b" plain='1'
sw-[a:b].example.com:2222
[core:vars]
ansible_connection = telnet
vlan=10
[all:children]
core
`, []string{
			`lone ssh://admin@lone [ungrouped] {"ansible_user":"admin"}`,
			`r08 telnet://r08 [core] {"ansible_connection":"telnet","n":"007","plain":1,"site":"ams","text":"a b","up":true,"vlan":10}`,
			`r09 telnet://r09 [core] {"ansible_connection":"telnet","n":"007","plain":1,"site":"ams","text":"a b","up":true,"vlan":10}`,
			`r10 telnet://r10 [core] {"ansible_connection":"telnet","n":"007","plain":1,"site":"ams","text":"a b","up":true,"vlan":10}`,
			`sw-a.example.com telnet://sw-a.example.com:2222 [core] {"ansible_connection":"telnet","ansible_port":2222,"vlan":10}`,
			`sw-b.example.com telnet://sw-b.example.com:2222 [core] {"ansible_connection":"telnet","ansible_port":2222,"vlan":10}`,
		}},
	} {
		hosts, err := Parse(c.file, []byte(c.text))
		if err != nil {
			t.Errorf("%s: %v", c.file, err)
			continue
		}
		var got []string
		for _, h := range hosts {
			got = append(got, strings.Replace(strings.Replace(shown(h), " [ungrouped]", " []", 1), "\"ansible_port\":\"2222\"", "\"ansible_port\":2222", 1))
		}
		want := slices.Clone(c.want)
		for i := range want {
			want[i] = strings.Replace(want[i], " [ungrouped]", " []", 1)
		}
		if !slices.Equal(got, want) {
			t.Errorf("%s:\n%s\nwant\n%s", c.file, strings.Join(got, "\n"), strings.Join(want, "\n"))
		}
	}
}

// TestInventoryMistakes: each is told with its line.
func TestInventoryMistakes(t *testing.T) {
	deep := strings.Repeat("[", 150) + strings.Repeat("]", 150)
	groups := "all: " + strings.Repeat("{children: {a: ", 150) + strings.Repeat("}}", 150)
	merged, doubled := "- &a0 {name: x}\n", "- &a0 {name: x}\n"
	for i := 1; i < 150; i++ {
		merged += fmt.Sprintf("- &a%d {<<: *a%d, name: x%d}\n", i, i-1, i)
		doubled += fmt.Sprintf("- &a%d {<<: [*a%d, *a%d], name: x%d}\n", i, i-1, i-1, i)
	}
	for _, c := range []struct{ file, text, want string }{
		{"h.csv", "", "h.csv: the inventory has no host"},
		{"h.csv", "name\n", "h.csv: the inventory has no host"},
		{"h.json", "[]", "h.json: the inventory has no host"},
		{"h.ini", "r1 name=b\n", `h.ini:1: a variable cannot be called "name"`},
		{"h.csv", "name,,x\n", "h.csv:1: column 2 has no name"},
		{"h.csv", "name,x,x\n", `h.csv:1: there are two columns "x"`},
		{"h.csv", "host;site\nr1;ams\n", `h.csv:1: there is no column "name"`},
		{"h.csv", "name,site\nr1,ams\nr2\n", "h.csv:3: the line has 1 fields, the header has 2"},
		{"h.csv", "name\n\"r1\n", "h.csv:2: the line is no CSV"},
		{"h.csv", "name,site\nr1,a\nr2,b\nr1,c\n", `h.csv:4: the name "r1" is there twice; it is in line 2 too`},
		{"h.csv", "name,site\n,a\n", "h.csv:2: the host has no name"},
		{"h.csv", "name\n\"a\x01b\"\n", `h.csv:2: the name "a\x01b" has a character in it that cannot be seen`},
		{"h.csv", "name\na\u202eb\na\u009bb\n", `h.csv:2: the name "a\u202eb" has a character in it that cannot be seen` + "\n" + `h.csv:3: the name "a\u009bb" has`},
		{"h.csv", "name\n" + strings.Repeat("x", 2000) + "\n", "is longer than 1000 bytes"},
		{"h.csv", "name\nr\xff\n", "h.csv:2: the text is not UTF-8"},
		{"h.csv", "name,key\nr1,$ANSIBLE_VAULT;1.1\n", "h.csv:2: key is an Ansible vault value"},
		{"h", "$ANSIBLE_VAULT;1.1;AES256\n66\n", "h:1: the file is encrypted by ansible-vault"},
		{"h.jsonl", "{\"name\":\"a\"}\n{\n", "h.jsonl:2: the line is no JSON object"},
		{"h.jsonl", `{"name":["a"]}`, "h.jsonl:1: name must be a string"},
		{"h.jsonl", `{"name":"a","groups":7}`, "h.jsonl:1: groups must be a list of names"},
		{"h.jsonl", `{"name":"a","groups":[7]}`, "h.jsonl:1: groups must be a list of names"},
		{"h.jsonl", `{"name":"a","connect":7}`, "h.jsonl:1: connect must be a table of options"},
		{"h.yaml", "- a: [\n", "h.yaml:1: the text is no YAML"},
		{"h.yaml", "a\n", "h.yaml:1: the inventory must be a list of hosts or a table"},
		{"h.yaml", "- name: a\n- 7\n", "h.yaml:2: a host must be a table"},
		{"h.yaml", "- name: a\n  x: 1\n  x: 2\n", `h.yaml:3: a host has the key "x" twice; it is in line 2 too`},
		{"h.yaml", "- name: a\n  ? [x]\n  : 1\n", "h.yaml:2: a key of a host must be a name"},
		{"h.yaml", "- name: a\n  x: " + deep + "\n", "h.yaml:2: a host.x is nested more than 100 deep"},
		{"h.yaml", "- name: a\n  <<: 7\n", "h.yaml:2: what << names must be a table"},
		{"h.yaml", "- name: a\n  key: !vault |\n    $ANSIBLE_VAULT;1.1\n", "h.yaml:2: a host.key is an Ansible vault value"},
		{"h.yaml", "hosts: {a: {}}\nhosst: {}\n", `h.yaml:2: the inventory has an unknown key "hosst"`},
		{"h.yaml", "hosts: 7\n", "h.yaml:1: hosts must be a table"},
		{"h.yaml", "hosts:\n  a: {name: b}\n", `h.yaml:2: a variable cannot be called "name"`},
		{"h.yaml", "hosts:\n  a: {groups: croe}\ngroups: {core: {}}\n", `h.yaml:2: the group "croe" of a is not among the groups`},
		{"h.yaml", "all:\n  hsots:\n", `h.yaml:2: the group all has an unknown key "hsots"`},
		{"h.yaml", "all:\n  children:\n    a: {hosts: {x: {ansible_connection: winrm}}}\n", `h.yaml:3: the ansible_connection "winrm" of x is none that is known here`},
		{"h.yaml", groups, "the groups are nested more than 100 deep"},
		{"h.yaml", "all: {children: {a: &a {hosts: {r: }, children: {b: *a}}}}\n", "h.yaml:1: *a stands within what it names itself"},
		{"h.yaml", "- name: x\n- &a {<<: *a}\n", "h.yaml:2: *a stands within what it names itself"},
		{"h.yaml", "- &a [*a, *a]\n", "h.yaml:1: *a stands within what it names itself"},
		{"h.yaml", merged, "h.yaml:1: the << in a host are nested more than 100 deep"},
		{"h.yaml", doubled, "the inventory has more than 20000000 values"},
		{"h.yaml", "hosts:\n  a:\n    creds: {x: 1, keys: [b, $ANSIBLE_VAULT;1.1]}\n", "h.yaml:2: creds.keys is an Ansible vault value"},
		{"h.csv", "name,connect\nr1,5\n", "h.csv:2: connect must be a table of options"},
		{"h.ini", "r1\nr[3:1]\n", "h.ini:2: r[3:1] has a range that is none, or stands for more than 100000 hosts"},
		{"h.ini", "r[a:\n", "h.ini:1: r[a: has a range that is none"},
		{"h.ini", "r[1:999999999]\n", "h.ini:1: r[1:999999999] has a range that is none"},
		{"h.yaml", "all:\n  hosts:\n    r[1:x]:\n", "h.yaml:3: r[1:x] has a range that is none"},
		{"h.ini", "r1 connect=5\n", "h.ini:1: connect must be a table of options"},
		{"h.ini", "[a:children]\nb\n[b:children]\na\n", "h.ini: the group a is a child of itself: a, b, a"},
		{"h.ini", "[a:children]\nb\n", `h.ini: the group "b", a child of a, is not there`},
		{"h.ini", "[a:hosts]\n", "h.ini:1: the section [a:hosts] is none that Ansible has"},
		{"h.ini", "[]\n", "h.ini:1: the section has no name"},
		{"h.ini", "[a:vars]\nsite\n", "h.ini:2: the variable has no ="},
		{"h.ini", "r1 site\n", `h.ini:1: "site" is no variable`},
		{"h.ini", "r1 a='x\n", "h.ini:1: the quote ' is not closed"},
		{"h.ini", "r1,telnet://a\n", "h.ini:1: a host's name has a comma in it: r1,telnet://a"},
		{"h.ini", "r1 key=$ANSIBLE_VAULT;1\n", "h.ini:1: key is an Ansible vault value"},
	} {
		hosts, err := Parse(c.file, []byte(c.text))
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s %.60q: %v, want %s (%d hosts)", c.file, c.text, err, c.want, len(hosts))
		}
	}
	many := "name\n" + strings.Repeat("x\n", 30)
	_, err := Parse("h.csv", []byte(many))
	if ps, ok := errors.AsType[Problems](err); !ok || !strings.HasSuffix(err.Error(), "and 19 mistakes more") || len(ps.Hints()) != 0 {
		t.Errorf("%v", err)
	}
}

// TestSecretsOfHosts: passwords are no variables and in no sum.
func TestSecretsOfHosts(t *testing.T) {
	hosts, err := Parse("h.csv", []byte("name,enable_password\nr1,hunter2\n"))
	if err != nil || hosts[0].Vars != nil || hosts[0].Secrets["enable_password"] != "hunter2" {
		t.Fatalf("%+v, %v", hosts, err)
	}
	for _, key := range []string{"ansible_ssh_pass", "ansible_become_pass", "ansible_sudo_pass", "Enable_Pass", "tacacs_secret", "key_passphrase"} {
		if h, err := Parse("h.ini", []byte("r1 "+key+"=hunter2\n")); err != nil || h[0].Vars != nil || h[0].Secrets[key] != "hunter2" {
			t.Errorf("%s: %+v, %v", key, h, err)
		}
	}
	before := hosts[0].Sum()
	hosts[0].Secrets["enable_password"] = "other"
	if hosts[0].Sum() != before {
		t.Error("the sum depends on the password")
	}
}

// TestPasswordsOfDigits: a password is text, whatever it looks like.
func TestPasswordsOfDigits(t *testing.T) {
	for _, c := range []struct{ file, text, want string }{
		{"h.jsonl", `{"name":"a","password":12345678}`, "12345678"},
		{"h.json", `[{"name":"a","password":98765432109876543210}]`, "98765432109876543210"},
		{"h.yaml", "- {name: a, password: 0123}\n", "0123"},
		{"h.yaml", "hosts: {a: {password: 1e5}}\n", "1e5"},
		{"h.yaml", "all: {hosts: {a: }, vars: {password: 1_000}}\n", "1_000"},
		{"h.ini", "a password=12345678\n", "12345678"},
		{"h.ini", "a\n[all:vars]\npassword = 1e5\n", "1e5"},
		{"h.csv", "name,password\na,007\n", "007"},
	} {
		hosts, err := Parse(c.file, []byte(c.text))
		if err != nil || hosts[0].Vars != nil || hosts[0].Secrets["password"] != c.want {
			t.Errorf("%s %s: %+v, %v", c.file, c.text, hosts, err)
		}
	}
	hosts, err := Parse("h.ini", []byte("a needs_password=true\n"))
	if err != nil || hosts[0].Vars["needs_password"] != true {
		t.Errorf("%+v, %v", hosts, err)
	}
}

// TestNumbersAsText: large numbers are as the inventory has them.
func TestNumbersAsText(t *testing.T) {
	hosts, err := Parse("h.yaml", []byte("- {name: 12345678, asn: 4200000001, x: 0.25, far: 1e30}\n"))
	if err != nil {
		t.Fatal(err)
	}
	h := hosts[0]
	if got := fmt.Sprint(h.Name, h.Values("asn"), h.Values("x"), h.Values("far")); got != "12345678[4200000001] [0.25] [1e+30]" {
		t.Error(got)
	}
}

// TestLimits chooses hosts.
func TestLimits(t *testing.T) {
	hosts, err := Parse("h.jsonl", []byte(`{"name":"r1","site":"ams","role":"core","groups":["g1"],"snmp":{"v":3}}
{"name":"r2","site":"ams","role":"edge","tags":["x","y"]}
{"name":"r3","site":"fra","role":"core","groups":["g1","g2"],"up":true}
{"name":"sw a","site":"a/b","n":10}`))
	if err != nil {
		t.Fatal(err)
	}
	for expression, want := range map[string]string{
		"site=ams":                           "r1 r2",
		"site=ams and role!=core":            "r2",
		"site=fra or site=ams and role=core": "r1 r3",
		"not (site=ams or site=fra)":         "sw a",
		"(site==ams)and(role=core)":          "r1",
		"r1 or g2":                           "r1 r3",
		"r?":                                 "r1 r2 r3",
		"group=g1":                           "r1 r3",
		"name='sw a'":                        "sw a",
		`"sw a"`:                             "sw a",
		"site=a*b":                           "sw a",
		"tags=y":                             "r2",
		"tags!=y":                            "r1 r3 sw a",
		"snmp.v=3":                           "r1",
		"up=true":                            "r3",
		"n=10":                               "sw a",
		"not not r1":                         "r1",
		"nobody":                             "",
	} {
		l, err := ParseLimit(expression)
		if err != nil {
			t.Errorf("%s: %v", expression, err)
			continue
		}
		chosen, err := l.Choose(hosts)
		var names []string
		for _, h := range chosen {
			names = append(names, h.Name)
		}
		if got := strings.Join(names, " "); err != nil || got != want {
			t.Errorf("%s chooses %q, %v, not %q", expression, got, err, want)
		}
	}
	l, err := ParseLimit("sit=ams")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := l.Choose(hosts); err == nil || err.Error() != `no host has a variable "sit"` {
		t.Errorf("an unknown key: %v", err)
	}
	for expression, want := range map[string]string{
		"":                                 "the limit is empty",
		"site=":                            "a value is missing behind site",
		"site=ams role=core":               `"role" stands where "and", "or" or the end is expected`,
		"site=ams and":                     "the limit ends where a comparison",
		"and r1":                           `"and" stands where a comparison`,
		"(r1":                              "a parenthesis is not closed",
		"site='ams":                        "the quote ' is not closed",
		"site!ams":                         `"!" means nothing here`,
		"site=[a":                          `the pattern "[a" is wrong`,
		strings.Repeat("not ", 200) + "r1": "the limit is nested more than 100 deep",
	} {
		if _, err := ParseLimit(expression); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%.40s: %v, want %s", expression, err, want)
		}
	}
}

// FuzzInventory: no text breaks the parsers, and what they give has names and addresses.
func FuzzInventory(f *testing.F) {
	for _, file := range []string{"h.csv", "h.yaml", "h.jsonl", "h.ini", ""} {
		f.Add(file, "name,site\nr1,ams\n")
		f.Add(file, "hosts: {r1: &a {x: 1}, r2: *a}\n")
		f.Add(file, "[a]\nr[1:3] x=1\n[a:vars]\ny=2\n")
		f.Add(file, `{"name":"r1"}`)
	}
	f.Fuzz(func(t *testing.T, file, text string) {
		hosts, err := Parse(file, []byte(text))
		if (err == nil) != (len(hosts) > 0) {
			t.Fatalf("%d hosts and %v", len(hosts), err)
		}
		for _, h := range hosts {
			if h.Name == "" || h.Address == "" || h.Sum() == "" {
				t.Fatalf("%+v", h)
			}
		}
	})
}

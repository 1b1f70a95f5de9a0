// Package command knows what is around a command's output in the text of a host: the
// echo of the command before it, the marks of pagers in it, the prompt behind it, and
// the log lines that break in. It looks at text that is given to it and decides nothing
// about time; sessions do that.
//
// The rules serve every host alike. There is no table of products here.
//
//   - [LearnPrompt] makes a pattern of a line in which a host waits for input.
//   - [FindEcho] finds where the echo of a command ends.
//   - [Pagers] and [Notices] are the marks and the log lines that are known.
//
// The package is pure.
package command

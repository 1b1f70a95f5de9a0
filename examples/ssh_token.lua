-- Log in by ssh to a host that asks for a password and the number of a token, and run a command.
--
--   moonwire -secret token='!oathtool --totp -b @token.key' examples/ssh_token.lua ssh://USER@HOST [COMMAND]
--
-- The operator is asked for the secrets "password" and "token" unless they are given, and for whatever else
-- the host wants to know. Neither secret is ever shown.

if not arg[1] then error("which host? give ssh://USER@HOST", 0) end

local s = connect(arg[1], { ssh = {
  password = secret "password",
  -- Called for each question of the host's but the one for the password. Without an answer the operator is asked.
  on_prompt = function(question)
    question = question:lower()
    for _, word in ipairs{ "token", "code", "one-time", "otp", "passcode" } do
      if question:find(word, 1, true) then return secret "token" end
    end
  end,
} })
print(s:run(arg[2] or "uptime"))
s:close()

-- A transfer with its two notices, as both the runtime and the bare interpreter run it.
Balances = Balances or { }

Handlers.add("Transfer", function(msg)
  local recipient, quantity = msg.Tags.Recipient, msg.Tags.Quantity
  if type(recipient) ~= "string" or not quantity:match("^%d+$") then error("malformed") end
  local amount = math.tointeger(tonumber(quantity))
  local balance = Balances[msg.From] or 1000000
  if balance < amount then error("too little") end
  Balances[msg.From] = balance - amount
  Balances[recipient] = (Balances[recipient] or 0) + amount
  Send({ Target = msg.From, Action = "Debit-Notice", Recipient = recipient, Quantity = quantity })
  Send({ Target = recipient, Action = "Credit-Notice", Sender = msg.From, Quantity = quantity })
end)

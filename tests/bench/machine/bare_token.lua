-- What stands around the handler when there is nothing but an interpreter.
local handler
local outbox = {}
Handlers = { add = function(_, f) handler = f end }
function Send(message) outbox[#outbox + 1] = message end
HANDLER()
for i = 1, COUNT do
  outbox = {}
  handler({
    From = "sender-" .. i % 64, Owner = "owner", Id = "id-" .. i, Action = "Transfer", Data = "",
    Tags = { Action = "Transfer", Recipient = "recipient-" .. i % 64, Quantity = "3" },
  })
end

for _ = 1, 12 do
  local t = {}
  for i = 1, 100000 do t[i] = { id = i, name = "n" .. i } end
  local sum = 0
  for i = 1, #t do sum = sum + t[i].id end
end

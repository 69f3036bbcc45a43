local x = 0
for i = 1, 40000000 do x = x + i * 3 end

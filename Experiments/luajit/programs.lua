-- Four loops, the same as programs.py: PROGRAM [SECONDS] prints milliseconds of CPU for an iteration, the median of the later half.
local P = {}

function P.int_loop()
  local s, x, i = 0, 12345, 0
  while i < 500000 do
    x = (x * 16807) % 2147483647
    if x % 2 == 1 then s = s + i else s = s - math.floor(x / 8) end
    i = i + 1
  end
  return s
end

function P.float_loop()
  local x, i = 0.0, 1
  while i < 500000 do
    if i % 3 ~= 0 then x = x + 1.0 / (i * i) else x = x - 0.5 / i end
    i = i + 1
  end
  return x
end

function P.nbody()
  local bodies, dt, n = {}, 0.001, 5
  for k = 0, 4 do
    bodies[k + 1] = {x = 1.0 + 3.1 * k, y = 0.4 * k - 0.7, z = 0.3 - 0.11 * k, vx = 0.9 - 0.17 * k, vy = 0.31 * k - 0.2, vz = 0.05 * k, mass = 10.0 / (1 + 9 * k)}
  end
  for step = 1, 2000 do
    for i = 1, n do
      local a = bodies[i]
      for j = i + 1, n do
        local b = bodies[j]
        local dx, dy, dz = a.x - b.x, a.y - b.y, a.z - b.z
        local d2 = dx * dx + dy * dy + dz * dz
        local mag = dt / (d2 * d2 ^ 0.5)
        local am, bm = a.mass * mag, b.mass * mag
        a.vx = a.vx - dx * bm
        a.vy = a.vy - dy * bm
        a.vz = a.vz - dz * bm
        b.vx = b.vx + dx * am
        b.vy = b.vy + dy * am
        b.vz = b.vz + dz * am
      end
    end
    for i = 1, n do
      local b = bodies[i]
      b.x = b.x + dt * b.vx
      b.y = b.y + dt * b.vy
      b.z = b.z + dt * b.vz
    end
  end
  return bodies[1].x
end

local function element(i, j) return 1.0 / (math.floor((i + j) * (i + j + 1) / 2) + i + 1) end
local function times(v, n, transposed)
  local out = {}
  for i = 0, n - 1 do
    local s = 0.0
    for j = 0, n - 1 do s = s + (transposed and element(j, i) or element(i, j)) * v[j + 1] end
    out[i + 1] = s
  end
  return out
end
function P.spectral_norm()
  local n, u, v = 100, {}, nil
  for i = 1, n do u[i] = 1.0 end
  for k = 1, 3 do
    v = times(times(u, n, false), n, true)
    u = times(times(v, n, false), n, true)
  end
  local vbv, vv = 0.0, 0.0
  for i = 1, n do
    vbv = vbv + u[i] * v[i]
    vv = vv + v[i] * v[i]
  end
  return (vbv / vv) ^ 0.5
end

local f, seconds = P[arg[1]], tonumber(arg[2] or "3")
local out, stop, result = {}, os.clock() + seconds, nil
while os.clock() < stop do
  local t = os.clock()
  result = f()
  out[#out + 1] = os.clock() - t
end
local half = {}
for k = math.floor(#out / 2) + 1, #out do half[#half + 1] = out[k] end
table.sort(half)
print(string.format("%s %.6f %.15g", arg[1], half[math.floor(#half / 2) + 1] * 1000, result))

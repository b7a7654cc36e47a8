"""The Lua side of the sandbox, run once per runtime before any expression is loaded."""

from __future__ import annotations

from typing import Final

STEP: Final = 100
"""Lua instructions between two looks at the budget."""

STEPS_ALLOWED: Final = 10_000
"""Looks at the budget that one call may live through: 1e6 instructions, about 10 ms."""

SECONDS_ALLOWED: Final = 0.5
"""Seconds of processor time that one call may take.

Few instructions can move much memory (long strings put together), so the count is not enough.
"""

BUDGET_MESSAGE: Final = "instruction budget exceeded"
"""What Lua raises when a call does not end; the Python side recognises it."""

RESULT_MESSAGE: Final = "the result is neither a number nor true or false"
"""What Lua raises when an expression gives a text, a table or a function."""

BOOTSTRAP: Final = """
local STEP, STEPS_ALLOWED, SECONDS_ALLOWED, SEED, BUDGET_MESSAGE, RESULT_MESSAGE = ...
local type = type
local load, error, tointeger, floor, ceil = load, error, math.tointeger, math.floor, math.ceil
local LARGEST, clock = math.maxinteger, os.clock

-- SplitMix64 (Steele, Lea and Flood, OOPSLA 2014): the same numbers on every platform and release.
local state = SEED
local function next64()
  state = state + 0x9E3779B97F4A7C15
  local z = state
  z = (z ~ (z >> 30)) * 0xBF58476D1CE4E5B9
  z = (z ~ (z >> 27)) * 0x94D049BB133111EB
  return z ~ (z >> 31)
end

local function random(low, high)
  if low == nil then return (next64() >> 11) * 0x1p-53 end
  if high == nil then low, high = 1, low end
  low, high = tointeger(low), tointeger(high)
  if not low or not high then error("random needs whole numbers", 0) end
  if high < low then error("random: the interval is empty", 0) end
  if high - low < 0 then error("random: the interval is too large", 0) end
  if high - low == LARGEST then return low + (next64() >> 1) end
  return low + (next64() >> 1) % (high - low + 1)
end

local functions = {
  abs = math.abs, min = math.min, max = math.max, sqrt = math.sqrt, log = math.log,
  ceil = ceil, floor = floor, random = random,
  pow = function(base, exponent) return base ^ exponent end,
  int = function(x) if x >= 0 then return floor(x) end return ceil(x) end,
}
local environment = setmetatable({}, {
  __index = functions,
  __newindex = function(_, name) error("an expression cannot set a variable", 0) end,
  __metatable = false,
})

-- Strings keep .. and comparison, but lose every method: ("x"):rep(1e9) is out of reach.
debug.setmetatable("", nil)

-- The hook stays armed for the whole life of the runtime; a call that has begun since the hook
-- last fired starts with a fresh budget.  This costs one addition per call.
local started, seen, steps, began = 0, 0, 0, 0
debug.sethook(function()
  if started ~= seen then
    seen, steps, began = started, 0, clock()
  else
    steps = steps + 1
    if steps >= STEPS_ALLOWED or clock() - began > SECONDS_ALLOWED then
      error(BUDGET_MESSAGE, 0)
    end
  end
end, "", STEP)

-- Nothing but plain values may leave: to hold a table or a function for Python would need memory
-- outside of any protected call, and running out of it there ends the process.
local function plain(value)
  local kind = type(value)
  if kind == "number" or kind == "boolean" or kind == "nil" then return value end
  error(RESULT_MESSAGE, 0)
end

local function compile(text, names)
  started = started + 1
  -- Both forms must load, so that the text is exactly one expression and cannot end the function
  -- it is put into.
  local chunk, why = load("return " .. text .. "\\n", "=expression", "t", environment)
  if not chunk then return nil, why end
  chunk, why = load("return (" .. text .. "\\n)", "=expression", "t", environment)
  if not chunk then return nil, why end
  local body = "return function(" .. names .. ") return (" .. text .. "\\n) end"
  chunk, why = load(body, "=expression", "t", environment)
  if not chunk then return nil, why end
  local run = chunk()
  return function(...)
    started = started + 1
    return plain(run(...))
  end
end

local globals = _G
for name in pairs(globals) do globals[name] = nil end
return compile
"""
"""Chunk that takes the limits and the seed and returns ``compile(text, names)``."""

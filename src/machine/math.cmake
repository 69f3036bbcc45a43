# lua_math: an object with the functions that Lua's `math` and `^` take from <math.h> and whose last bits
# glibc lets depend on the processor. Here they are musl's (docs/decisions/009-math-of-musl.md), compiled
# for every x86-64 processor, from Debian's musl-dev, under names that nothing else has.

find_file(AO_MUSL_LIBC libc.a PATHS /usr/lib/x86_64-linux-musl NO_DEFAULT_PATH
          DOC "The archive of Debian's musl-dev")
if(NOT AO_MUSL_LIBC)
  message(FATAL_ERROR "musl's libc.a is not there: run scripts/deps, or set AO_MUSL_LIBC")
endif()

# What Lua calls, then what that calls. One that were missing would not link: its name is prefixed too.
set(lua_math_members
    acos asin atan2 cos exp log log10 log2 pow sin tan
    __cos __sin __tan __rem_pio2 __rem_pio2_large atan fabs floor scalbn sqrt
    exp_data log_data log2_data pow_data
    __math_divzero __math_invalid __math_oflow __math_uflow __math_xflow)
list(TRANSFORM lua_math_members APPEND .lo)

set(lua_math_folder ${CMAKE_BINARY_DIR}/lua-math)
set(lua_math ${lua_math_folder}/math.o)
file(MAKE_DIRECTORY ${lua_math_folder})
add_custom_command(
  OUTPUT ${lua_math}
  COMMAND ${CMAKE_AR} x ${AO_MUSL_LIBC} ${lua_math_members}
  COMMAND ${CMAKE_LINKER} -r -o ${lua_math} ${lua_math_members}
  COMMAND ${CMAKE_OBJCOPY} --prefix-symbols=ao_math_ ${lua_math}
  # What the compiler put in: the same in both libraries.
  COMMAND ${CMAKE_OBJCOPY} --redefine-sym ao_math___stack_chk_fail=__stack_chk_fail ${lua_math}
  WORKING_DIRECTORY ${lua_math_folder}
  DEPENDS ${AO_MUSL_LIBC}
  COMMENT "Taking the functions of math out of musl"
  VERBATIM)

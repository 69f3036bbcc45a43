# ao_lua: Lua 5.4.9 with our gas meter. The source is never part of this repository: scripts/deps
# fetches it, it is copied to the build tree, and the patches in lua/ are applied to the copy.

set(lua_source "${AO_LUA_SOURCE}")
if(NOT lua_source)
  if(DEFINED ENV{XDG_CACHE_HOME})
    set(lua_source "$ENV{XDG_CACHE_HOME}/aonode/lua-5.4.9/src")
  else()
    set(lua_source "$ENV{HOME}/.cache/aonode/lua-5.4.9/src")
  endif()
endif()
if(NOT EXISTS "${lua_source}/lvm.c")
  message(FATAL_ERROR "Lua 5.4.9 is not in ${lua_source}: run scripts/deps, or set AO_LUA_SOURCE")
endif()
set_property(GLOBAL PROPERTY ao_lua_source "${lua_source}")
find_program(PATCH patch REQUIRED)

file(GLOB lua_patches CONFIGURE_DEPENDS ${CMAKE_CURRENT_LIST_DIR}/lua/*.patch)
set(lua_recipe "${lua_source}")
foreach(lua_patch ${lua_patches})
  set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${lua_patch})
  file(SHA256 ${lua_patch} lua_patch_hash)
  string(APPEND lua_recipe "\n${lua_patch_hash}")
endforeach()

set(lua_folder ${CMAKE_BINARY_DIR}/lua-5.4.9)
set(lua_made "")
if(EXISTS ${lua_folder}/recipe)
  file(READ ${lua_folder}/recipe lua_made)
endif()
if(NOT lua_made STREQUAL lua_recipe)
  file(REMOVE_RECURSE ${lua_folder})
  file(GLOB lua_files ${lua_source}/*.c ${lua_source}/*.h ${lua_source}/lua.hpp)
  file(COPY ${lua_files} DESTINATION ${lua_folder})
  foreach(lua_patch ${lua_patches})
    execute_process(COMMAND ${PATCH} --batch --forward -p1 -i ${lua_patch} WORKING_DIRECTORY ${lua_folder}
                    RESULT_VARIABLE lua_status OUTPUT_VARIABLE lua_output ERROR_VARIABLE lua_output)
    if(lua_status OR lua_output MATCHES "fuzz|FAILED")
      message(FATAL_ERROR "${lua_patch} does not apply to ${lua_source}:\n${lua_output}")
    endif()
  endforeach()
  file(WRITE ${lua_folder}/recipe "${lua_recipe}")
endif()

# The core and the libraries that a process may use: no io, os, package, debug.
set(lua_objects lapi lcode lctype ldebug ldo ldump lfunc lgc llex lmem lobject lopcodes lparser lstate
                lstring ltable ltm lundump lvm lzio
                lauxlib lbaselib lcorolib lmathlib lstrlib ltablib lutf8lib)
list(TRANSFORM lua_objects REPLACE "(.+)" "${lua_folder}/\\1.c")
include(${CMAKE_CURRENT_LIST_DIR}/math.cmake)
add_library(ao_lua STATIC ${lua_objects} ${lua_math})
target_include_directories(ao_lua SYSTEM PUBLIC ${lua_folder})
# Contraction to fused multiply-add would make results depend on the processor.
target_compile_options(ao_lua PRIVATE -O2 -ffp-contract=off -fno-omit-frame-pointer -Wall -Wextra)
if(AO_SANITIZE)
  # Lua relies on wrap-around and type punning that UBSan reports.
  string(REPLACE "," ";" lua_sanitizers "${AO_SANITIZE}")
  list(REMOVE_ITEM lua_sanitizers undefined)
  list(JOIN lua_sanitizers "," lua_sanitizers)
  if(lua_sanitizers)
    target_compile_options(ao_lua PRIVATE -fsanitize=${lua_sanitizers})
  endif()
  target_compile_definitions(ao_lua PRIVATE LUAI_ASSERT LUA_USE_APICHECK)
elseif(CMAKE_BUILD_TYPE STREQUAL "Release")
  target_compile_options(ao_lua PRIVATE -U_FORTIFY_SOURCE -D_FORTIFY_SOURCE=2 -fstack-protector-strong
                                        -fstack-clash-protection -fcf-protection)
endif()

# ao_runtime: the Lua files of runtime/, embedded in a C++ source.

# In load order: a file uses only what those before it defined.
set(ao_runtime_names prelude text utils bint_limbs bint bint_extras clock libraries outbox ao message
                     handlers eval environment conventions entry)
list(TRANSFORM ao_runtime_names REPLACE "(.+)" "${CMAKE_CURRENT_LIST_DIR}/runtime/\\1.lua"
     OUTPUT_VARIABLE ao_runtime_files)
list(JOIN ao_runtime_names "," ao_runtime_order)
set(ao_runtime_source ${CMAKE_CURRENT_BINARY_DIR}/runtime_sources.cpp)

add_custom_command(
  OUTPUT ${ao_runtime_source}
  COMMAND ${CMAKE_COMMAND} -D FOLDER=${CMAKE_CURRENT_LIST_DIR}/runtime -D NAMES=${ao_runtime_order}
          -D OUTPUT=${ao_runtime_source} -P ${CMAKE_CURRENT_LIST_DIR}/embed_runtime.cmake
  DEPENDS ${ao_runtime_files} ${CMAKE_CURRENT_LIST_DIR}/embed_runtime.cmake
  COMMENT "Embedding the Lua runtime"
  VERBATIM)
add_library(ao_runtime STATIC ${ao_runtime_source})
target_include_directories(ao_runtime PUBLIC ${CMAKE_CURRENT_LIST_DIR})
target_link_libraries(ao_runtime PRIVATE ao_flags)

# aonode-worker, and ao_worker_program: its bytes, to be carried inside what starts it. It is no
# position-independent executable, so that the addresses of its functions, which stand in the memory
# of processes, are the same in every run.

add_executable(aonode-worker worker/program/main.cpp)
target_include_directories(aonode-worker PRIVATE worker)
target_link_libraries(aonode-worker PRIVATE ao_flags ao::worker ao::machine)
target_link_options(aonode-worker PRIVATE -no-pie)
set_target_properties(aonode-worker PROPERTIES POSITION_INDEPENDENT_CODE OFF
                                               RUNTIME_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}/worker)

set(worker_image ${CMAKE_BINARY_DIR}/worker/aonode-worker.stripped)
add_custom_command(OUTPUT ${worker_image} DEPENDS aonode-worker
                   COMMAND ${CMAKE_STRIP} -o ${worker_image} $<TARGET_FILE:aonode-worker>)
add_library(ao_worker_program STATIC worker/program/image.cpp)
target_include_directories(ao_worker_program PRIVATE worker)
target_link_libraries(ao_worker_program PUBLIC ao::base PRIVATE ao_flags)
target_compile_definitions(ao_worker_program PRIVATE AO_WORKER_PROGRAM="${worker_image}")
set_source_files_properties(worker/program/image.cpp PROPERTIES OBJECT_DEPENDS ${worker_image})

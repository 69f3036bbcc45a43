// SPDX-FileCopyrightText: The aonode authors
// SPDX-License-Identifier: Apache-2.0
#include "program.hpp"

// The linked program, byte by byte.
asm(".pushsection .rodata\n"
    ".balign 16\n"
    "ao_worker_image: .incbin \"" AO_WORKER_PROGRAM
    "\"\n"
    "ao_worker_image_end:\n"
    ".popsection\n");

extern const char image_begin[] asm("ao_worker_image");
extern const char image_end[] asm("ao_worker_image_end");

namespace ao::worker {

BytesView program_image() {
  return {image_begin, static_cast<std::size_t>(image_end - image_begin)};
}

}  // namespace ao::worker

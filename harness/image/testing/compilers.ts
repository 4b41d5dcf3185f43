import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { execa } from 'execa'
import type { Architecture } from '../../common/architecture.ts'
import { goBuild } from '../../common/go-toolchain.ts'
import { muslSpecs } from './musl.ts'

const machine = { x86_64: 'x86_64', arm64: 'aarch64' } as const

/** Calls functions that can be guarded with arguments that nobody knows, so that no compiler takes the calls out. */
const program = `
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
int main(int argc, char **argv) {
  char text[16];
  const char *name = getenv("NAME");
  strcpy(text, name ? name : argv[0]);
  printf("%s %d\\n", text, argc);
  return 0;
}
`

const library = `
#include <stdio.h>
#include <string.h>
int show(const char *name) {
  char text[16];
  strcpy(text, name);
  return printf("%s %d\\n", text, 1);
}
`

/** The address of a function among the code: the loader has to patch it. */
const patchedCode = '__asm__(".text\\n.globl patched\\npatched: .quad main\\n");'
/** A section that is written and run. */
const openSection = '__asm__(".section .open,\\"awx\\",%progbits\\n.quad 1\\n.text\\n");'

export const sources = {
  program,
  library,
  'patched code': program + patchedCode,
  'open section': program + openSection,
} as const

export interface Compilation {
  readonly architecture: Architecture
  readonly source: keyof typeof sources
  /** For gcc, after -O2 and without its own defaults of position independence. */
  readonly flags: readonly string[]
  readonly libc?: 'glibc' | 'musl'
  /** Runs `strip` with these flags afterwards. */
  readonly strip?: readonly string[]
}

/** Compiles C; gives the path of the result, which is `name` in the folder. */
export const compileC = async (folder: string, name: string, compilation: Compilation): Promise<string> => {
  const tool = (tool: string): string => `${machine[compilation.architecture]}-linux-gnu-${tool}`
  const input = join(folder, `${name}.c`)
  const output = join(folder, name)
  await writeFile(input, sources[compilation.source])
  const specs = compilation.libc === 'musl' ? [`-specs=${await muslSpecs(compilation.architecture)}`] : []
  await execa(tool('gcc'), ['-O2', '-w', ...specs, ...compilation.flags, '-o', output, input])
  if (compilation.strip !== undefined) await execa(tool('strip'), [...compilation.strip, output])
  return output
}

/** Compiles a Go program of one module without requirements; gives the path of the result. */
export const compileGo = async (
  folder: string,
  name: string,
  options: { readonly architecture: Architecture; readonly pie: boolean },
): Promise<string> => {
  const source = join(folder, `${name}-source`)
  await mkdir(source, { recursive: true })
  await writeFile(join(source, 'go.mod'), 'module example.org/fixture\n\ngo 1.22\n')
  await writeFile(join(source, 'main.go'), 'package main\n\nfunc main() { println("a") }\n')
  const output = join(folder, name)
  await goBuild({ source, output, ...options })
  return output
}

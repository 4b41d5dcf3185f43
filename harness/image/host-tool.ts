import { execa } from 'execa'
import { DrydockError } from '../common/errors.ts'
import { neutraliseLine } from '../common/text.ts'
import { damaged, tooLarge } from './damaged.ts'
import { GrowingBuffer } from './growing-buffer.ts'
import { limits } from './limits.ts'

export interface HostTool {
  readonly name: string
  /** Debian's name of the package that has it. */
  readonly debianPackage: string
}

export interface ToolOutput {
  readonly stdout: Buffer
  readonly stderr: string
}

export interface ToolOptions {
  /** What the result is, for errors: `the xz part of initrd.img`. */
  readonly purpose: string
  /** Bytes for standard input. @default none, it is at its end */
  readonly input?: Buffer
  /** How much it has to read, where that is not standard input. @default the length of input */
  readonly inputBytes?: number
  /** Bytes that may come out at most. @default limits.unpackedBytes */
  readonly outputLimit?: number
}

/** Far above what real images take; a tool that is still busy was given bytes made to keep it so. */
const timeoutFor = (inputBytes: number): number => Math.min(120_000, 8000 + Math.ceil(inputBytes / 256))

/**
 * Runs a tool of the host that turns untrusted bytes into others, through pipes.
 * @throws `TOOL_MISSING` (testbed), `IMAGE_DAMAGED` where the tool refuses its input, `IMAGE_TOO_LARGE`
 */
export const runHostTool = async (
  tool: HostTool,
  args: readonly string[],
  options: ToolOptions,
): Promise<ToolOutput> => {
  const { outputLimit = limits.unpackedBytes } = options
  const timeout = timeoutFor(options.inputBytes ?? options.input?.length ?? 0)
  const output = new GrowingBuffer(outputLimit)
  const running = execa(tool.name, args, {
    reject: false,
    encoding: 'buffer',
    buffer: { stdout: false, stderr: true },
    stripFinalNewline: false,
    maxBuffer: { stderr: 64 * 1024 },
    timeout,
    stdin: options.input ?? 'ignore',
  })
  let isTooLarge = false
  running.stdout.on('data', (piece: Uint8Array) => {
    if (isTooLarge || output.append(piece)) return
    isTooLarge = true
    running.kill('SIGKILL')
  })
  const result = await running
  if (result.code === 'ENOENT') throw missing(tool, options.purpose)
  if (isTooLarge) {
    throw tooLarge(options.purpose, outputLimit)
  }
  const stderr = Buffer.from(result.stderr).toString('utf8')
  if (!result.failed) return { stdout: output.bytes(), stderr }
  if (result.timedOut) {
    throw damaged(
      'IMAGE_DAMAGED',
      `expected ${tool.name} to read ${options.purpose} in ${Math.round(timeout / 1000)} s, found it still busy`,
    )
  }
  const said = neutraliseLine(stderr || (result.shortMessage ?? 'nothing'), 200)
  throw damaged(
    'IMAGE_DAMAGED',
    `expected ${options.purpose} to be whole, found that ${tool.name} says: ${said}`,
  )
}

const missing = (tool: HostTool, purpose: string): DrydockError =>
  new DrydockError(`expected the program ${tool.name} to read ${purpose}, found none in PATH`, {
    code: 'TOOL_MISSING',
    blame: 'testbed',
    phase: 'prepare',
    hint: `Install it: apt-get install ${tool.debianPackage}`,
  })

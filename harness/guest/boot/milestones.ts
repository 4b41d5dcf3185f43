import { segments } from '../console/kernel-prefix.ts'
import { looksLikePrompt } from '../prompt-watch.ts'
import type { BootPhase } from './deadlines.ts'

const kernelStart = /^(?:Linux version \d|Booting Linux on physical CPU|Decompressing Linux|EFI stub: )/
/** The kernel is done: it frees its own start-up code, then runs the first program. */
const handover = /^(?:Run \S+ as init process|Freeing unused kernel (?:image|memory)|systemd\[1\]: |init: )/

/** The phase that a console line shows the guest to be in; undefined where it shows nothing. */
export const phaseOfLine = (line: string, current: BootPhase): BootPhase | undefined => {
  const pieces = segments(line)
  if (pieces.some(({ text, stamped }) => stamped && handover.test(text))) {
    return 'init'
  }
  if (pieces.some(({ text, stamped }) => stamped || kernelStart.test(text))) {
    return 'kernel'
  }
  // A kernel told to be quiet says nothing of the handover: the first program's own words do.
  const isKernels = line.trim() === '' || kernelChatter.test(line) || damagedStamp.test(line)
  return current === 'kernel' && !isKernels ? 'init' : undefined
}

/** What boot code prints without a time stamp after the kernel has started to. */
const kernelChatter = /^(?:EFI stub: |Booting the kernel|Physical KASLR|Virtual KASLR|Decompress)/

/** A stamp that has lost a character, as a 16550 does whose other end is not read in time. */
const damagedStamp = /^(?:\[ *\d[.\d]*[\] ]| *\d[.\d]*\] )/

/** The phase that the unfinished line shows the guest to be in. */
export const phaseOfPrompt = (partial: string): BootPhase | undefined =>
  looksLikePrompt(partial) ? 'login' : undefined

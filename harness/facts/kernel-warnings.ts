import type { KernelMessage } from '../guest/probe.ts'

/** syslog(3): warning. */
const warning = 4

/** What differs between two boots of one kernel, and what stands in its place. Each replacement is left alone by all. */
const variable: readonly (readonly [pattern: RegExp, word: string])[] = [
  [/\b(?:0x)?[0-9a-f]{16}\b/gi, 'ADDRESS'],
  [/\b0x[0-9a-f]{5,16}\b/gi, 'ADDRESS'],
  [/\b(?:[0-9a-f]{2}:){5}[0-9a-f]{2}\b/gi, 'MAC'],
  [/\b[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}\b/gi, 'UUID'],
  [/\bCPU(?:s)?[ :#]{0,2}\d+(?:-\d+)?/gi, 'CPU N'],
  [/\b(?:PID|pid)(?::| |=) ?\d+/g, 'PID N'],
  [/(\[)\d+(\])/g, '$1N$2'],
  [/\baudit\(\d+\.\d+:\d+\)/g, 'audit(TIME)'],
  [/\b\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(?:\.\d+)?(?: ?UTC|Z)?/g, 'TIME'],
  [
    /\b\d+(?:\.\d+)? ?(?:ns|us|µs|ms|msecs?|usecs?|nsecs?|s|sec|seconds|jiffies|MHz|kHz|Hz|BogoMIPS)\b/g,
    'TIME',
  ],
  [/(\+)0x[0-9a-f]+\/0x[0-9a-f]+/gi, '$1OFFSET'],
]

/** A kernel's message as every boot of the same kernel writes it: addresses, times and CPU numbers are words. */
export const normaliseKernelMessage = (text: string): string =>
  variable
    .reduce((line, [pattern, word]) => line.replace(pattern, word), text)
    .replace(/\s+/g, ' ')
    .trim()

/** What an emulated or busy processor makes a kernel say, and no fault of the image. */
const ofTheTestBed: readonly RegExp[] = [
  /clocksource: .*(?:skew|watchdog|unstable|Marking clocksource|retried|\btsc\b)/i,
  /^APIC calibration not consistent with PM-Timer/,
  /^hrtimer: interrupt took /,
  /: \d+ callbacks suppressed$/,
  /^sched: (?:RT throttling|DL replenish lagged)/,
  /^workqueue: .* hogged CPU/,
  /^perf: interrupt took too long/,
  /^TSC (?:deadline|found unstable)/i,
  /^tsc: (?:Marking TSC unstable|Fast TSC calibration|Unable to calibrate)/i,
]

/** Normalised messages of the levels emergency to warning, each once, in the order in which they came. */
export const kernelWarnings = (messages: readonly KernelMessage[]): readonly string[] => [
  ...new Set(
    messages
      .filter(({ level, text }) => level !== undefined && level <= warning && text.trim() !== '')
      .filter(({ text }) => !ofTheTestBed.some((pattern) => pattern.test(text)))
      .map(({ text }) => normaliseKernelMessage(text)),
  ),
]

import type { WriteStream } from 'node:tty'

/** How a text report looks. */
export interface TextOptions {
  /** Columns that no line goes beyond. */
  readonly width: number
  readonly colours: boolean
}

const narrowest = 80
const widest = 120

/** Fits a stream: its width within 80 to 120 columns, colours only on a terminal and where NO_COLOR is not set. */
export const textOptionsFor = (
  stream: Pick<Partial<WriteStream>, 'isTTY' | 'columns'>,
  environment: Readonly<Record<string, string | undefined>>,
): TextOptions => ({
  width: Math.min(widest, Math.max(narrowest, stream.isTTY === true ? (stream.columns ?? narrowest) : 100)),
  colours: stream.isTTY === true && (environment.NO_COLOR ?? '') === '' && environment.TERM !== 'dumb',
})

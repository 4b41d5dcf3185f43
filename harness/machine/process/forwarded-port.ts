import { DrydockError } from '../../common/errors.ts'
import { neutraliseLine } from '../../common/text.ts'

/** The host's port in the answer of HMP's `info usernet`, which is the only place where QEMU tells it. */
export const parseForwardedPort = (answer: string): number => {
  const port = Number(/^ *TCP\[HOST_FORWARD\] +\d+ +127\.0\.0\.1 +(\d{1,5}) /m.exec(answer)?.[1])
  if (port >= 1 && port <= 65_535) return port
  throw new DrydockError(
    `expected a forwarded port in QEMU's "info usernet", found: ${neutraliseLine(answer, 300)}`,
    { code: 'NO_FORWARDED_PORT', blame: 'testbed', phase: 'prepare' },
  )
}

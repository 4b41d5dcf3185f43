/** One TCP line of HMP's `info usernet` about what comes from the host. */
export interface Forwarded {
  /** `HOST_FORWARD` for a port that waits, else a state of TCP. */
  readonly state: string
  readonly hostPort: number
  readonly guestPort: number
}

// Protocol[State] FD, source, port, destination, port (slirp_connection_info() of libslirp 4.7).
const line = /^ *TCP\[(\w+)\] +\d+ +\S+ +(\d{1,5}) +\S+ +(\d{1,5}) /

/** Lines of another form are left out. */
export const parseForwarded = (answer: string): readonly Forwarded[] =>
  answer.split('\n').flatMap((text) => {
    const [, state, hostPort, guestPort] = line.exec(text) ?? []
    return state === undefined ? [] : [{ state, hostPort: Number(hostPort), guestPort: Number(guestPort) }]
  })

/**
 * Whether the guest has taken a connection; undefined while nobody knows.
 * @param ended whether the connection is over at the host's end: QEMU takes it before the guest is asked, and lets it
 * go where the guest refuses
 */
export const answerOf = (
  forwarded: readonly Forwarded[],
  guestPort: number,
  ended: boolean,
): boolean | undefined => {
  const taken = forwarded.some(
    (one) => one.guestPort === guestPort && !/^(HOST_FORWARD|SYN_SENT|CLOSED|LISTEN)$/.test(one.state),
  )
  if (taken) return true
  return ended ? false : undefined
}

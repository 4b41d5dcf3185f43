/** The promises of Moby's security design that images are held to, in the fewest words that tell them apart. */
export const promises = {
  P1: 'modern kernel, updated fast',
  P2: 'kernel hardened as KSPP recommends',
  P3: 'kernel as upstream has it',
  P4: 'minimal base',
  P5: 'type-safe, separated system daemons',
  P6: 'hardened toolchain, PIE everywhere',
  P7: 'build inputs by digest',
  P8: 'signed images',
  P9: 'read-only root',
  P10: 'writable only where declared',
  P11: 'no package manager',
  P12: 'container escape contained',
  P13: 'containers isolated from the host',
  P14: 'no self-update',
  P15: 'trusted provisioning',
  P16: 'trusted boot',
  P17: 'WireGuard',
  P18: 'split kernel',
  P19: 'type-safe dhcp',
  P20: 'no login by default',
} as const satisfies Record<`P${number}`, string>

export type PromiseId = keyof typeof promises

export const isPromiseId = (text: string): text is PromiseId => Object.hasOwn(promises, text)

/** Firmware of the smoke guest (smoke-guest.ts) for arm64: entered at its first byte, which is at address 0. */
export const arm64Firmware = (): Buffer => Buffer.from(code.join(''), 'hex')

// Offset and GNU assembler syntax.
const code = [
  // EL1, MMU off: one table of 1 GiB blocks at 0x40010000, for devices with flash and for RAM.
  '2100a8d2', // 0: mov x1, #0x40010000
  'a08080d2', // 4: mov x0, #0x405
  '200000f9', // 8: str x0, [x1]
  '0000a8d2', // c: mov x0, #0x40000000
  '20e080f2', // 10: movk x0, #0x701
  '200400f9', // 14: str x0, [x1, #8]
  'e09f88d2', // 18: mov x0, #0x44ff
  '00a218d5', // 1c: msr mair_el1, x0
  '200380d2', // 20: mov x0, #0x19
  '0010a0f2', // 24: movk x0, #0x80, lsl #16
  '402018d5', // 28: msr tcr_el1, x0
  '012018d5', // 2c: msr ttbr0_el1, x1
  '9f3f03d5', // 30: dsb sy
  '1f8708d5', // 34: tlbi vmalle1
  '9f3f03d5', // 38: dsb sy
  'df3f03d5', // 3c: isb
  '001038d5', // 40: mrs x0, sctlr_el1
  'a20082d2', // 44: mov x2, #0x1005
  '000002aa', // 48: orr x0, x0, x2
  '001018d5', // 4c: msr sctlr_el1, x0
  'df3f03d5', // 50: isb
  // MMU and caches on; the PL011 is at 0x09000000.
  '0420a1d2', // 54: mov x4, #0x9000000
  'c0058052', // 58: mov w0, #0x2e
  '800000b9', // 5c: str w0, [x4]
  '4500a8d2', // 60: mov x5, #0x40020000
  '06a08552', // 64: mov w6, #0x2d00
  '2626a072', // 68: movk w6, #0x131, lsl #16
  '000080d2', // 6c: mov x0, #0x0
  'e30380d2', // 70: mov x3, #0x1f
  '0018039b', // 74: madd x0, x0, x3, x6
  'a00000f9', // 78: str x0, [x5]
  'a70040f9', // 7c: ldr x7, [x5]
  '1f0007eb', // 80: cmp x0, x7
  '01010054', // 84: b.ne a4
  'c6040071', // 88: subs w6, w6, #0x1
  '41ffff54', // 8c: b.ne 74
  'e1000010', // 90: adr x1, ac <text>
  '20144038', // 94: ldrb w0, [x1], #1
  '60000034', // 98: cbz w0, a4
  '800000b9', // 9c: str w0, [x4]
  'fdffff17', // a0: b 94
  '7f2003d5', // a4: wfi
  'ffffff17', // a8: b a4
  '445259444f434b0a00', // ac: .asciz "DRYDOCK\n"
]

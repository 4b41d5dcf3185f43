/**
 * Decodes one block of LZO1X (Documentation/staging/lzo.rst of the kernel) that holds `length` bytes of content.
 * @returns undefined where the block is damaged
 */
export const decodeLzoBlock = (input: Buffer, length: number): Buffer | undefined => {
  const output = Buffer.allocUnsafe(length)
  let from = 0
  let to = 0
  /** How many literals the instruction before has brought, up to 4: it says what an instruction below 16 means. */
  let state = 0
  let broken = false

  const byte = (): number => {
    broken ||= from >= input.length
    const value = input[from] ?? 0
    from += 1
    return value
  }
  /** A length of 0 in the instruction goes on in bytes: each 0 stands for 255, the first other one ends it. */
  const longer = (short: number, base: number): number => {
    if (short !== 0) return short
    let sum = base
    for (let next = byte(); !broken; next = byte()) {
      if (next !== 0) return sum + next
      sum += 255
    }
    return sum
  }
  const literals = (count: number): void => {
    broken ||= from + count > input.length || to + count > length
    if (broken) return
    input.copy(output, to, from, from + count)
    from += count
    to += count
  }
  const copy = (distance: number, count: number): void => {
    broken ||= distance > to || to + count > length
    if (broken) return
    // What is copied may overlap with where it goes: then it repeats itself.
    for (const end = to + count; to < end; to += 1) output[to] = output[to - distance] ?? 0
  }
  const follow = (count: number): void => {
    literals(count)
    state = count
  }

  const first = input[0] ?? 0
  if (first > 17) {
    from = 1
    literals(first - 17)
    state = Math.min(first - 17, 4)
  }
  while (!broken) {
    const instruction = byte()
    if (instruction >= 64) {
      const count = instruction >= 128 ? 5 + ((instruction >> 5) & 3) : 3 + ((instruction >> 5) & 1)
      copy((byte() << 3) + ((instruction >> 2) & 7) + 1, count)
      follow(instruction & 3)
    } else if (instruction >= 16) {
      const isNear = instruction >= 32
      const count = 2 + (isNear ? longer(instruction & 31, 31) : longer(instruction & 7, 7))
      const operand = byte() | (byte() << 8)
      const distance = (operand >> 2) + (isNear ? 1 : 16_384 + ((instruction & 8) << 11))
      if (distance === 16_384 && !isNear) return !broken && to === length ? output : undefined
      copy(distance, count)
      follow(operand & 3)
    } else if (state === 0) {
      literals(3 + longer(instruction, 15))
      state = 4
    } else {
      const base = state === 4 ? 2049 : 1
      copy((byte() << 2) + (instruction >> 2) + base, state === 4 ? 3 : 2)
      follow(instruction & 3)
    }
  }
  return undefined
}

import { coldOnly } from '../../harness/guest/cold-only.ts'
import type { ColdGuest } from '../../harness/guest/guest.ts'
import type { ColdBootContext } from '../../harness/rules/context.ts'

interface Boots {
  /** Is read, for errors. */
  readonly what: string
  readonly until: 'kernel' | 'login'
  readonly most: number
  /** Values that count as none: what it would be without chance. @default none */
  readonly unless?: readonly string[]
}

/**
 * Something random of cold boots: of two, or of more where they are the same, up to `most`.
 * @throws DrydockError `FORKED_RANDOMNESS` where a boot turns out to be a fork
 */
export const acrossBoots = async (
  context: ColdBootContext,
  { what, until, most, unless = [] }: Boots,
  read: (guest: ColdGuest) => Promise<string>,
): Promise<readonly string[]> => {
  const seen: string[] = []
  while (seen.length < most && new Set(seen.filter((value) => !unless.includes(value))).size < 2) {
    await using guest = await context.coldBoot(until)
    seen.push(await read(coldOnly(guest, what)))
  }
  return seen
}

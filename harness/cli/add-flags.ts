import { type Command, Option } from 'commander'
import type { Flag } from './plain-words.ts'

/** Makes flags of a table known to commander. */
export const addFlags = (command: Command, flags: readonly Flag[]): void => {
  for (const { name, value, choices, description } of flags) {
    const option = new Option(value === undefined ? `--${name}` : `--${name} <${value}>`, description)
    command.addOption(choices === undefined ? option : option.choices(choices))
  }
}

import { homedir } from 'node:os'
import { join } from 'node:path'

/** `${XDG_CACHE_HOME:-~/.cache}/drydock`, shared by all checkouts; parts are sub-folders of it. */
export const cachePath = (...parts: readonly string[]): string =>
  join(process.env.XDG_CACHE_HOME ?? join(homedir(), '.cache'), 'drydock', ...parts)

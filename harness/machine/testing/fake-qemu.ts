import { writeFile } from 'node:fs/promises'

export interface FakeQemuOptions {
  /** What `--version` says. @default QEMU emulator version 9.9.9 */
  readonly versionText?: string
  /** Shell commands that run where a guest would. @default exit 1 */
  readonly guest?: string
}

/** Writes an executable to `path` that plays QEMU, for tests with a QEMU that is too old, dies or hangs. */
export const writeFakeQemu = async (
  path: string,
  { versionText = 'QEMU emulator version 9.9.9', guest = 'exit 1' }: FakeQemuOptions = {},
): Promise<string> => {
  const script = [
    '#!/bin/sh',
    'if [ "$1" = --version ]; then cat <<"VERSION"',
    versionText,
    'VERSION',
    'exit 0; fi',
    guest,
    '',
  ].join('\n')
  await writeFile(path, script, { mode: 0o755 })
  return path
}

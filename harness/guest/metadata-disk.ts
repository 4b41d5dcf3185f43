import { mkdir, rename, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { execa } from 'execa'
import { withDir } from 'tmp-promise'
import { DrydockError, messageOf } from '../common/errors.ts'

export interface Metadata {
  /** Lines of authorized_keys. */
  readonly authorizedKeys: readonly string[]
  /** @default drydock */
  readonly hostname?: string
}

/**
 * The files of a metadata disk by name, all JSON (which is YAML too): `user-data` and `config` are LinuxKit's tree
 * of files below /run/config, `meta-data` is NoCloud's. LinuxKit reads `user-data` first and looks at `config` only
 * where there is none, so both have to be its own format.
 */
export const metadataFiles = ({ authorizedKeys, hostname = 'drydock' }: Metadata): Record<string, string> => {
  const config = `${JSON.stringify({
    hostname: { perm: '0644', content: hostname },
    ssh: {
      entries: {
        authorized_keys: { perm: '0600', content: authorizedKeys.map((line) => `${line}\n`).join('') },
      },
    },
  })}\n`
  const metaData = { 'instance-id': 'drydock', 'local-hostname': hostname, 'public-keys': authorizedKeys }
  return { config, 'user-data': config, 'meta-data': `${JSON.stringify(metaData)}\n` }
}

/** Seconds; every date on the disk, so that the same metadata gives the same bytes. */
const epoch = '946684800'

/** Writes an ISO 9660 image with the volume id `cidata`. The same metadata gives the same bytes. */
export const writeMetadataDisk = async (path: string, metadata: Metadata): Promise<void> => {
  try {
    // Beside the image: in the temporary folder the next guest's sweep would take it for what a dead run left.
    await withDir(({ path: folder }) => writeIn(folder, path, metadata), {
      tmpdir: dirname(path),
      prefix: 'metadata-',
      unsafeCleanup: true,
    })
  } catch (error) {
    if (error instanceof DrydockError) throw error
    throw unwritable(path, messageOf(error))
  }
}

const writeIn = async (folder: string, path: string, metadata: Metadata): Promise<void> => {
  const [tree, image] = [join(folder, 'tree'), join(folder, 'image')]
  await mkdir(tree)
  for (const [name, content] of Object.entries(metadataFiles(metadata)))
    await writeFile(join(tree, name), content)
  await makeIso(tree, image)
  await rename(image, path)
}

const unwritable = (path: string, found: string): DrydockError =>
  new DrydockError(`Expected to write a metadata disk ${path}, found: ${found}`, {
    code: 'METADATA_DISK',
    blame: 'testbed',
    phase: 'prepare',
    hint: 'Look whether the disk is full or the folder may not be written.',
  })

const makeIso = async (tree: string, image: string): Promise<void> => {
  const { exitCode, code, stderr } = await execa(
    'xorriso',
    [
      ...['-no_rc', '-as', 'mkisofs', '-quiet', '-o', image],
      ...['-V', 'cidata', '-J', '-r', '-uid', '0', '-gid', '0'],
      ...[`--modification-date=2000010100000000`, '--set_all_file_dates', '2000010100000000'],
      tree,
    ],
    { env: { SOURCE_DATE_EPOCH: epoch, TZ: 'UTC', LC_ALL: 'C' }, reject: false, stdin: 'ignore' },
  )
  if (code === 'ENOENT')
    throw new DrydockError('Expected the program xorriso to make a metadata disk with, found none in PATH', {
      code: 'XORRISO_MISSING',
      blame: 'testbed',
      phase: 'prepare',
      hint: 'Install it, on Debian with: apt-get install xorriso',
    })
  if (exitCode !== 0) throw unwritable(image, `xorriso ended with ${exitCode ?? code}: ${stderr}`)
}

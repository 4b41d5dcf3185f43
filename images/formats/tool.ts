import { execa } from 'execa'
import { DrydockError, messageOf } from '../../harness/common/errors.ts'

/** FAT knows no time before 1980. Nothing in an image depends on when it was built. */
export const fatEpochSeconds = 315_532_800

/** Debian keeps mkfs and its like where the PATH of a plain user does not lead. */
const environment = {
  PATH: `${process.env.PATH}:/usr/sbin:/sbin`,
  LC_ALL: 'C.UTF-8',
  TZ: 'UTC',
  SOURCE_DATE_EPOCH: `${fatEpochSeconds}`,
  MTOOLS_SKIP_CHECK: '1',
}

/** Runs a program of the host that makes images. @throws `IMAGE_TOOL_FAILED` (testbed) with its words */
export const tool = async (program: string, args: readonly string[], input = ''): Promise<void> => {
  await execa(program, args, { env: environment, input }).catch((cause: unknown) => {
    throw new DrydockError(`${program} could not make the image: ${messageOf(cause)}`, {
      code: 'IMAGE_TOOL_FAILED',
      blame: 'testbed',
      phase: 'prepare',
      hint: 'Where the program is missing: npm run setup.',
      cause,
    })
  })
}

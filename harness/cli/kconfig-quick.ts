// `drydock kconfig` is run once for each of many kernels, so it starts without the rest of the command line.
import { exitCodeOf } from '../common/errors.ts'
import { kconfig } from './kconfig.ts'
import { plainRequest } from './kconfig-flags.ts'

const request = plainRequest(process.argv.slice(3))
if (request === undefined) await import('./main.ts')
else {
  try {
    process.exitCode = await kconfig(request.files, request.flags)
  } catch (error) {
    const { errorText } = await import('./error-text.ts')
    process.stderr.write(`${errorText(error)}\n`)
    process.exitCode = exitCodeOf(error)
  }
}

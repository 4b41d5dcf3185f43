// Starts a thread of `drydock kconfig` for many files. Plain JavaScript: only after these lines does node find the code
// that it has compiled before, without which a thread takes longer to start than it saves.
import module from 'node:module'
import { parentPort, workerData } from 'node:worker_threads'

if (workerData.compileCache !== undefined) module.enableCompileCache?.(workerData.compileCache)
const { answerTo } = await import(workerData.module)
parentPort.postMessage(await answerTo(workerData))

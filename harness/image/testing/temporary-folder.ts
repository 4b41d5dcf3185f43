import { dir } from 'tmp-promise'

/** A folder that goes away with its content at the end of the scope. */
export const temporaryFolder = async (): Promise<AsyncDisposable & { readonly path: string }> => {
  const { path, cleanup } = await dir({ unsafeCleanup: true })
  return { path, [Symbol.asyncDispose]: cleanup }
}

/** Calls `make` at the first call only; a failure, too, is shared: a guest that died booting is not booted again. */
export const once = <Value>(make: () => Promise<Value>): (() => Promise<Value>) => {
  let made: Promise<Value> | undefined
  return () => {
    made ??= make()
    return made
  }
}

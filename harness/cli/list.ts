import type { Check } from '../rules/catalogue.ts'
import { loadCases } from '../vitest/load-cases.ts'
import { textColumns } from '../vitest/text-columns.ts'

const asTable = (checks: readonly Check[]): string =>
  textColumns([
    ['check', 'promise', 'severity', 'claim'],
    ...checks.map(({ id, promise, severity, claim }) => [id, promise, severity, claim]),
  ])

/** `drydock list` */
export const list = async ({ json }: { readonly json?: boolean }): Promise<void> => {
  const checks = (await loadCases()).list()
  const metas = checks.map(({ run: _, ...meta }) => meta)
  process.stdout.write(`${json === true ? JSON.stringify(metas, undefined, 2) : asTable(checks)}\n`)
}

import { promises } from '../rules/promises.ts'
import { loadCases } from '../vitest/load-cases.ts'

/** `drydock explain ID` */
export const explain = async (id: string): Promise<void> => {
  const check = (await loadCases()).lookup(id)
  const lines = [
    check.id,
    `  ${check.claim}`,
    '',
    `  promise    ${check.promise}: ${promises[check.promise]}`,
    `  severity   ${check.severity}`,
    `  seen from  ${check.vantages.join(', ')}`,
    `  proven by  ${check.twins.join(', ')}`,
    '',
    `  To pass: ${check.remedy}`,
    '',
    `  Try it: drydock check IMAGE --case ${check.id}`,
  ]
  process.stdout.write(`${lines.join('\n')}\n`)
}

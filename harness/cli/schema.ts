import { recordJsonSchema } from '../record/json-schema.ts'
import { printOut } from './print-out.ts'

/** `drydock schema` */
export const printSchema = (): void => {
  printOut(`${JSON.stringify(recordJsonSchema(), undefined, 2)}\n`)
}

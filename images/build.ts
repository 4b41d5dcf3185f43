export { buildReference } from './reference.ts'

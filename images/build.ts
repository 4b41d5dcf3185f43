export { buildReference, type Variant, variants } from './builder/reference.ts'
export { buildTwin } from './twins/build-twin.ts'
export { twins } from './twins/twins.ts'

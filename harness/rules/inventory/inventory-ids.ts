/** The kinds that an inventory file lists, in its order. */
export const inventoryIds = [
  'programs',
  'interpreters',
  'loadable-modules',
  'loaded-modules',
  'users',
  'world-writable',
  'processes',
  'listeners',
  'socket-families',
  'mounts',
  'devices',
] as const
export type InventoryId = (typeof inventoryIds)[number]

/** The kinds of which no image may have anything, so that no file lists them. */
export const forbiddenIds = ['compilers', 'package-managers', 'secrets', 'identity'] as const
export type ForbiddenId = (typeof forbiddenIds)[number]

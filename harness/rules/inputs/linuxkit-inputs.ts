import { z } from 'zod'
import { checkAgainst } from '../../common/schema-problems.ts'
import type { YamlFile } from '../../common/yaml-file.ts'
import { type BuildInput, shown } from './build-input.ts'
import { type ReferenceOptions, referenceProblem } from './reference.ts'

const named = z.looseObject({ name: z.string(), image: z.string() })
const containers = z.array(named).nullish()

/** What LinuxKit's YAML says of images (linuxkit, src/cmd/linuxkit/moby/config.go); the rest is not judged here. */
const schema = z.strictObject({
  kernel: z.looseObject({ image: z.string().nullish() }).nullish(),
  init: z.array(z.string()).nullish(),
  onboot: containers,
  onshutdown: containers,
  services: containers,
  volumes: z.array(z.looseObject({ name: z.string(), image: z.string().nullish() })).nullish(),
  files: z.array(z.looseObject({})).nullish(),
  /** Of old versions. */
  trust: z.looseObject({}).nullish(),
})

/** The keys by which a mapping is known as LinuxKit's. */
export const linuxkitKeys: readonly string[] = Object.keys(schema.shape)

const lists = ['onboot', 'onshutdown', 'services', 'volumes'] as const

/** `@pkg:../pkg/init`: LinuxKit puts the tag of that folder's source in its place. */
const isTemplate = (image: string): boolean => image.startsWith('@')

/**
 * The images that a LinuxKit YAML file is built from.
 * @param file of which it is known that it is a mapping with some of `linuxkitKeys`
 * @throws errors of blame `usage`, `FILE:LINE: expected ..., found ...`, where it is not what LinuxKit takes
 */
export const linuxkitInputs = (
  file: YamlFile<unknown>,
  options: ReferenceOptions = {},
): readonly BuildInput[] => {
  const checked = checkAgainst(file.value, schema)
  if ('problems' in checked) {
    const [first] = checked.problems
    throw file.problem(first?.path ?? [], first?.expected ?? 'valid LinuxKit YAML', first?.found ?? 'another')
  }
  const { kernel, init, ...rest } = checked.value
  const input = (keys: readonly PropertyKey[], place: string, image: string | null | undefined) =>
    image === undefined || image === null || image === ''
      ? []
      : [
          {
            kind: 'image' as const,
            line: file.lineOf(keys),
            place,
            reference: image,
            problem: isTemplate(image)
              ? {
                  expected: 'an image by digest, NAME@sha256:DIGEST',
                  found: `${shown(image)}, for which LinuxKit puts the tag of a folder's source`,
                }
              : referenceProblem(image, options),
          },
        ]
  return [
    ...input(['kernel', 'image'], 'kernel.image', kernel?.image),
    ...(init ?? []).flatMap((image, index) => input(['init', index], `init[${index}]`, image)),
    ...lists.flatMap((list) =>
      (rest[list] ?? []).flatMap(({ name, image }, index) =>
        input([list, index, 'image'], `${list}[${index}] ${shown(name)}`, image),
      ),
    ),
  ]
}

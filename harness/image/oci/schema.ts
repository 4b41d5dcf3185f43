import { z } from 'zod'

/** What Drydock reads of the OCI image format 1.1 (opencontainers/image-spec); all else is left out. */
export const digest = z.string().regex(/^(sha256:[0-9a-f]{64}|sha512:[0-9a-f]{128})$/)

const platform = z.object({
  os: z.string().max(100),
  architecture: z.string().max(100),
  variant: z.string().max(100).optional(),
})

const descriptor = z.object({
  mediaType: z.string().max(300).optional(),
  digest,
  size: z.number().int().nonnegative(),
  platform: platform.optional(),
  annotations: z.record(z.string(), z.string()).optional(),
})
export type Descriptor = z.infer<typeof descriptor>

/** index.json, and the index of a multi-architecture image. */
export const index = z.object({ manifests: z.array(descriptor).max(200) })

export const manifest = z.object({ config: descriptor, layers: z.array(descriptor).max(1000) })

/** The configuration of an image: OCI's and Docker's are alike in this. */
export const config = z.object({
  architecture: z.string().max(100).optional(),
  os: z.string().max(100).optional(),
  config: z
    .object({
      User: z.string().nullish(),
      Entrypoint: z.array(z.string()).nullish(),
      Cmd: z.array(z.string()).nullish(),
    })
    .nullish(),
})
export type ImageConfig = z.infer<typeof config>

/** manifest.json of `docker save`: paths inside the archive. */
export const dockerManifest = z
  .array(
    z.object({
      Config: z.string().max(4096),
      RepoTags: z.array(z.string()).nullish(),
      Layers: z.array(z.string().max(4096)).max(1000),
    }),
  )
  .max(200)

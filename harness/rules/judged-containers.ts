import type { ContainerInfo, Place, Probe } from '../guest/probe.ts'
import { CannotJudge } from './cannot-judge.ts'
import { type ContainerExpectation, containerExpectation, isTrusted, type Policy } from './policy.ts'

/** A running container that isolation checks judge, and what the policy expects of it. */
export interface JudgedContainer extends ContainerInfo {
  readonly place: Place
  readonly expectation: ContainerExpectation
}

/** The running containers but those that the policy trusts. Throws CannotJudge where none is left to judge. */
export const judgedContainers = async (probe: Probe, policy: Policy): Promise<readonly JudgedContainer[]> => {
  const running = await probe.containers()
  const judged = running.flatMap((container): JudgedContainer[] => {
    const expectation = containerExpectation(policy, container.id)
    return isTrusted(expectation) ? [] : [{ ...container, place: probe.container(container.id), expectation }]
  })
  if (judged.length === 0) {
    throw new CannotJudge(
      running.length === 0
        ? 'no container was found running'
        : `the policy trusts every running container (${running.map(({ id }) => id).join(', ')})`,
    )
  }
  return judged
}

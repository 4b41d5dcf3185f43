import { describe, expect, it } from 'vitest'
import { complainAbout } from './build-input.ts'
import { dockerfileInputs } from './dockerfile-inputs.ts'

const digest = `sha256:${'0123456789abcdef'.repeat(4)}`
const read = (text: string) => dockerfileInputs(text, complainAbout('Dockerfile'))
/** What is not named by digest: `LINE REFERENCE`. */
const bad = (text: string) =>
  read(text).flatMap(({ line, reference, problem }) =>
    problem === undefined ? [] : [`${line} ${reference}`],
  )

describe('dockerfileInputs', () => {
  it.each([
    ['a line that goes on', 'FROM \\\n  # comment\n\n  alpine \\\n AS x', ['4 alpine']],
    ['a keyword in two lines', 'FR\\\nOM alpine', ['2 alpine']],
    ['the other escape', '# escape=`\nFROM a`\nb\nRUN x \\\nFROM c', ['2 ab', '5 c']],
    [
      'an escape directive that comes too late',
      '# hello\n# escape=`\nFROM a\nRUN x `\nFROM b',
      ['3 a', '5 b'],
    ],
    ['an unknown directive, which ends them', '# odd=1\n# escape=`\nFROM a\nRUN x `\nFROM b', ['3 a', '5 b']],
    ['an escape that is escaped', 'FROM a\nRUN x\\\\\nFROM b', ['1 a', '3 b']],
    ['blanks behind an escape', 'FROM a\nRUN x \\ \t\nFROM b', ['1 a']],
    ['a comment that ends in an escape', 'FROM a\n# x \\\nFROM b', ['1 a', '3 b']],
    ['a byte-order mark and CRLF', '\ufeffFROM a\r\nRUN x \\\r\n y\r\nFROM b\r\n', ['1 a', '4 b']],
    ['lower case', 'from a as b\ncopy --from=B x y\ncopy --from=c x y', ['1 a', '3 c']],
  ])('should read %s', (_, text, expected) => {
    expect(bad(text)).toEqual(expected)
  })

  it.each([
    ['plain', 'RUN cat <<EOF\nFROM b\nEOF'],
    ['blanks before the word', 'RUN cat << EOF\nFROM b\nEOF'],
    ['quoted', 'COPY <<"EOF" /x\nFROM b\nEOF'],
    ['quoted in part', 'COPY <<E"O"F /x\nFROM b\nEOF'],
    ['escaped', 'RUN x <<\\EOF\nFROM b\nEOF'],
    ['with tabs', 'RUN x <<-EOF\n\tFROM b\n\tEOF'],
    ['of a descriptor', 'RUN x 3<<EOF\nFROM b\nEOF'],
    ['two', 'RUN x <<A <<B\nFROM b\nA\nFROM c\nB'],
    ['of a line that goes on', 'RUN x <<EOF \\\n && y\nFROM b\nEOF'],
    ['of ONBUILD', 'ONBUILD RUN x <<EOF\nFROM b\nEOF'],
    ['with a line that only looks like the end', 'RUN x <<EOF\n EOF\nEOF \nFROM b\nEOF'],
  ])('should leave a here-document alone: %s', (_, text) => {
    expect(bad(`FROM scratch\n${text}\nFROM last`)).toEqual([`${text.split('\n').length + 2} last`])
  })

  it.each([
    ['in quotes', 'RUN echo "<<EOF"'],
    ['in the JSON form', 'RUN ["x", "<<EOF"]'],
    ['a here-string', 'RUN cat <<<EOF'],
    ['where there are none', 'ENV X=<<EOF'],
    ['in an unclosed quote', "RUN it's <<EOF"],
    ['an arithmetic shift', 'RUN echo $((1<<EOF))'],
  ])('should see no here-document %s', (_, text) => {
    expect(bad(`FROM scratch\n${text}\nFROM b`)).toEqual(['3 b'])
  })

  it.each([
    ['a stage', 'FROM scratch AS x\nFROM x\nCOPY --from=x a b\nCOPY --from=0 a b'],
    ['a later stage in COPY', 'FROM scratch\nCOPY --from=y a b\nFROM scratch AS y'],
    ['an ARG with a default', `ARG A=alpine@${digest}\nFROM \${A}`],
    ['a default in place', `FROM \${A:-alpine@${digest}}`],
    ['an ARG of an ARG, in quotes', `ARG D="${digest}"\nARG A=alpine@$D\nFROM "$A"`],
    ['a tag from outside beside a digest', `ARG TAG\nFROM alpine:\${TAG}@${digest}`],
    ['stages by architecture', 'FROM scratch AS a-amd64\nFROM scratch AS a-arm64\nFROM a-$TARGETARCH'],
    ['a checksum from an ARG', `FROM scratch\nARG S=${digest}\nADD --checksum=$S https://a/b /c`],
    ['a repository at a commit', `FROM scratch\nADD git@a.b:c/d.git#${'a'.repeat(40)}:sub /c`],
    ['a file of its own', 'FROM scratch\nARG F=x\nADD a/$F /c'],
    ['a mount of the build itself', 'FROM scratch\nRUN --mount=type=cache,target=/x y --mount=from=z'],
  ])('should take %s', (_, text) => {
    expect(bad(text)).toEqual([])
  })

  it.each([
    ['an ARG without a value', 'ARG A\nFROM $A', '2 $A'],
    ['a variable that is none', 'FROM alpine:$A', '1 alpine:$A'],
    ['an ARG of the stage', `FROM scratch\nARG A=a@${digest}\nFROM $A`, '3 $A'],
    ['a substitution that it does not know', `ARG A=a@${digest}x\nFROM \${A%x}`, `2 \${A%x}`],
    ['a stage of one architecture', 'FROM scratch AS a-amd64\nFROM a-$TARGETARCH', '2 a-$TARGETARCH'],
    ['a name that is a stage only later', 'FROM b\nFROM scratch AS b', '1 b'],
    ['a number that is no stage', 'FROM scratch\nCOPY --from=1 a b', '2 1'],
    ['a variable in COPY', `FROM scratch\nARG A=a@${digest}\nCOPY --from=$A a b`, '3 $A'],
    ['the second mount', 'FROM scratch\nRUN --mount=type=tmpfs,target=/x --mount=type=bind,from=q y', '2 q'],
    ['a mount in quotes', 'FROM scratch\nRUN --mount=type=bind,"from=q" y', '2 q'],
    ['a remote file', 'FROM scratch\nADD https://a/b /c', '2 https://a/b'],
    ['a short checksum', 'FROM scratch\nADD --checksum=sha256:ab https://a/b /c', '2 https://a/b'],
    ['a branch', 'FROM scratch\nADD https://a/b.git#main /c', '2 https://a/b.git#main'],
    ['a source from outside', 'FROM scratch\nARG S\nADD $S /c', '3 $S'],
    ['a remote file by ENV', 'FROM scratch\nENV S https://a/b\nADD $S /c', '3 $S'],
    ['the JSON form', 'FROM scratch\nADD ["https://a/b", "/c"]', '2 https://a/b'],
    ['a trigger', 'FROM scratch\nONBUILD COPY --from=q a b', '2 q'],
    ['the frontend', '# syntax=docker/dockerfile:1\nFROM scratch', '1 docker/dockerfile:1'],
    ['the frontend behind #!', '#!/usr/bin/x\n# syntax=a b\nFROM scratch', '2 a'],
  ])('should refuse %s', (_, text, expected) => {
    expect(bad(text)).toEqual([expected])
  })

  it('should not be filled by values that double themselves', () => {
    const doubling = Array.from({ length: 60 }, (_, index) => `ARG A${index + 1}=$A${index}$A${index}`)
    const text = ['ARG A0=xx', ...doubling, 'FROM $A60'].join('\n')
    expect(bad(text)).toEqual(['62 $A60'])
  })

  it.each([
    ['FROM', 'Dockerfile:1: expected FROM IMAGE [AS NAME], found FROM '],
    ['FROM a b', 'Dockerfile:1: expected FROM IMAGE [AS NAME], found FROM a b'],
    ['ARG A=1', 'Dockerfile:1: expected a Dockerfile with a FROM, found none'],
    ['FROM a\nFORM b', 'Dockerfile:2: expected an instruction of a Dockerfile, found FORM'],
    [
      'FROM a\nRUN <<EOF\nx',
      'Dockerfile:2: expected a line EOF that ends the here-document, found the end of the file',
    ],
    ['# escape=x\nFROM a', 'Dockerfile:1: expected the escape \\ or `, found x'],
    ['# syntax=a\n# syntax=b\nFROM a', 'Dockerfile:2: expected one directive syntax, found a second one'],
    ['FROM a\nONBUILD', 'Dockerfile:2: expected an instruction behind ONBUILD, found none'],
  ])('should say what is wrong with %j', (text, message) => {
    expect(() => read(text)).toThrow(message)
  })
})

#!/bin/sh
# os-autoinst types on a virtio console, and this image has its login on the serial line: the console's pipe is put there.
# Usage: qemu.sh BINARY ACCELERATOR ARGUMENTS...
binary=$1
accelerator=$2
shift 2
[ "${1-}" != -version ] || exec "$binary" -version
for word; do
    shift
    case $word in
        chardev:serial0) set -- "$@" chardev:virtio_console ;;
        virtconsole,chardev=virtio_console,*) set -- "$@" pvpanic-pci ;;
        *) set -- "$@" "$word" ;;
    esac
done
exec "$binary" -accel "$accelerator" "$@"

module drydock.test/images

go 1.24

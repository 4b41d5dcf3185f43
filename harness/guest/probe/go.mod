module drydock/probe

go 1.24

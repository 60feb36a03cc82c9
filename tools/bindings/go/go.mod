module cco.local/cco

go 1.19

module example/go-amf0-adapter

go 1.21

require github.com/yutopp/go-amf0 v0.1.1

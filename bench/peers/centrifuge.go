// Centrifuge for Go, its JSON protocol over WebSocket:   centrifuge PORT [--deflate]
//
// Anybody may subscribe and publish. Built against Debian's sources: GO111MODULE=off GOPATH=/usr/share/gocode go build centrifuge.go
package main

import (
	"context"
	"log"
	"net/http"
	"os"

	"github.com/centrifugal/centrifuge"
)

func main() {
	config := centrifuge.DefaultConfig
	config.ClientChannelLimit = 1000
	node, err := centrifuge.New(config)
	if err != nil {
		log.Fatal(err)
	}
	node.OnConnecting(func(context.Context, centrifuge.ConnectEvent) (centrifuge.ConnectReply, error) {
		return centrifuge.ConnectReply{Credentials: &centrifuge.Credentials{UserID: ""}}, nil
	})
	node.OnConnect(func(client *centrifuge.Client) {
		client.OnSubscribe(func(_ centrifuge.SubscribeEvent, answer centrifuge.SubscribeCallback) {
			answer(centrifuge.SubscribeReply{}, nil)
		})
		client.OnPublish(func(_ centrifuge.PublishEvent, answer centrifuge.PublishCallback) {
			answer(centrifuge.PublishReply{}, nil)
		})
	})
	if err := node.Run(); err != nil {
		log.Fatal(err)
	}
	deflate := len(os.Args) > 2 && os.Args[2] == "--deflate"
	// Answers are short, and the load generator reads them as they are.
	socket := centrifuge.WebsocketConfig{Compression: deflate, CompressionLevel: 1, CompressionMinSize: 512}
	http.Handle("/", centrifuge.NewWebsocketHandler(node, socket))
	log.Fatal(http.ListenAndServe("127.0.0.1:"+os.Args[1], nil))
}

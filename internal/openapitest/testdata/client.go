// A program with the client that oapi-codegen has generated beside it.
package main

import (
	"context"
	"fmt"
	"log"
	"os"
)

func main() {
	client, err := NewClientWithResponses(os.Args[1])
	if err != nil {
		log.Fatal(err)
	}
	ctx := context.Background()

	customers, err := client.ReadCustomersWithResponse(ctx, &ReadCustomersParams{Order: new("id")})
	if err != nil || customers.JSON200 == nil {
		log.Fatal(err, string(customers.Body))
	}
	for _, c := range *customers.JSON200 {
		since, born, street := "-", "-", "-"
		if c.Since != nil {
			since = c.Since.Format("2006")
		}
		if c.Born != nil {
			born = c.Born.Format("2006")
		}
		if c.Home != nil && c.Home.Street != nil {
			street = *c.Home.Street
		}
		fmt.Println(c.Name, c.Mood, since, born, street)
	}

	orders, err := client.ReadOrdersWithResponse(ctx, &ReadOrdersParams{
		Order: new("id"), Limit: new(int64(2)), Prefer: new("count=exact"), Filters: &ReadOrdersParams_Filters{CustomerId: new("eq.1")},
	})
	if err != nil || orders.JSON200 == nil {
		log.Fatal(err, string(orders.Body))
	}
	for _, o := range *orders.JSON200 {
		fmt.Print(o.Id, " ")
		if total, err := o.Total.AsNumeric0(); err == nil {
			fmt.Print(total)
		} else if word, err := o.Total.AsNumeric1(); err == nil {
			fmt.Print(word)
		}
		if o.Tags != nil {
			for _, tag := range *o.Tags {
				text, err := tag.AsPublicOrdersTags0()
				fmt.Print(" ", text, err)
			}
		}
		if o.PaidBy != nil {
			fmt.Print(" paid by ", *o.PaidBy)
		}
		fmt.Println()
	}

	refused, err := client.ReadOrdersWithResponse(ctx, &ReadOrdersParams{Filters: &ReadOrdersParams_Filters{Id: new("eq.x")}})
	if err != nil || refused.ApplicationproblemJSON4XX == nil {
		log.Fatal(err, string(refused.Body))
	}
	fmt.Println(refused.StatusCode(), refused.ApplicationproblemJSON4XX.Code)

	many, err := client.CallManyWithResponse(ctx, &CallManyParams{Ids: []int32{1, 2}})
	if err != nil || many.JSON200 == nil {
		log.Fatal(err, string(many.Body))
	}
	for _, row := range *many.JSON200 {
		fmt.Println(*row.A, *row.B)
	}
}

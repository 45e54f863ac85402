// Package frameworks is documentation only: the programs below mount the contents of a table in
// chi, echo and gin. They are a module of their own, so that no program that imports
// dbcontents gets these frameworks into its module graph.
package frameworks

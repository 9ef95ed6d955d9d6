"""Invented data for the relations of schema `platform`: a function of a seed, an instant and a number of years."""

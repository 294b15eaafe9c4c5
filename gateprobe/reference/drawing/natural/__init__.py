"""Pictures as image models draw them: no two alike, none of them flat, each still what the prompt asks for."""

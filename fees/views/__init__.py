"""The pages of fees: the student's, the public ones, the finance desk."""

"""What leaves the records as a document: papers, the file for other universities, the diploma supplement."""

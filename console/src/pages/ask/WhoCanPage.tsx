export default function WhoCanPage() { return null; }

export default function WhyPage() { return null; }
